"""The cluster stack on one machine, without containers."""

from deploy.local.records import Child, Report, StackError
from deploy.local.stack import Stack
from deploy.local.state import free_port

__all__ = ["Child", "Report", "Stack", "StackError", "free_port"]
