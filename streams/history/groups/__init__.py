"""The figures of groups as history keeps them, beside the results of queues that they follow from."""
