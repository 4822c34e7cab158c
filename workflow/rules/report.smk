# The final rule: tables, plots and the page, from what is there.
rule report:
    output:
        directory("reports/.never"),
    shell:
        "autoloss report"
