# A measurement has the machine to itself: all cores here, a whole node on a cluster.
HERE = not (workflow.non_local_exec or workflow.remote_exec)


# One rule per job; on a cluster also where nothing is missing, for that may be so by the time a node looks for its rule.
# Its outputs are missing cells only, whose validity lies in their path.
for job in (job for job in JOBS if job.outputs or not HERE):

    rule:
        name:
            job.name
        input:
            ancient(list(job.inputs)),
        output:
            list(job.outputs),
        log:
            job.log,
        threads: workflow.cores if job.alone and HERE else configuration.threads
        resources:
            **({"slurm_extra": "--exclusive"} if job.alone else {}),
        params:
            cells=" ".join(cell.id for cell in job.cells),
        shell:
            "autoloss train {params.cells} > {log} 2>&1"
