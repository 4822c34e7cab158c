# One rule per job: its outputs are missing cells only, whose validity lies in their path.
for job in JOBS:

    rule:
        name:
            job.name
        input:
            ancient(list(job.inputs)),
        output:
            list(job.outputs),
        log:
            job.log,
        threads: workflow.cores if job.alone else configuration.threads
        params:
            cells=" ".join(cell.id for cell in job.cells),
        shell:
            "autoloss train {params.cells} > {log} 2>&1"
