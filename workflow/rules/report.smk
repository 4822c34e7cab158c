# The final rule: tables, plots and the page, from what is there. It has no outputs for Snakemake to delete
# when a failed cell makes it fail at its end; `autoloss report` replaces the old report whole or not at all.
rule report:
    shell:
        "autoloss report"
