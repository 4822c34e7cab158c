# The final rule: tables, plots and the page, from what is there. It has no outputs for Snakemake to delete
# when a failed cell makes it fail at its end; `autoloss report` replaces the old report whole or not at all.
rule report:
    shell:
        "autoloss report"


# `snakemake --report report.html` shows what the last report left: inputs, so that nothing is made anew for it.
report: "../report/workflow.rst"


config["captions"] = {folder: captions.read(Path("reports", folder)) for folder in ("figures", "tables")}


def folder(name, ending):
    """A folder of the report: each file under its title and with its caption."""
    titles = config["captions"][name]
    return report(
        f"reports/{name}",
        patterns=[f"{{name}}.{ending}"],
        caption=f"report/{name}.rst",  # relative to the Snakefile, whose rule shows it
        category=name.capitalize(),
        labels=lambda wildcards: {"title": titles.get(wildcards.name, {}).get("title", wildcards.name)},
    )


REPORT = [folder("figures", "svg"), folder("tables", "html")]
