"""The store of the cluster, on the wire protocol of MongoDB."""
