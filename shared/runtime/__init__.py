"""The composition roots: the embedded stack and the processes of the cluster, joined of their parts and started."""
