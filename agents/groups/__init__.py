"""Groups of queues (programs, sites, pools): their figures as sums over the latest rows of their queues."""
