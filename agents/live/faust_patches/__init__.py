"""Our changes to Faust and aiokafka, all in one place; README.md beside it gives each with its reason.

Only a worker imports from here. The installed names are compared with the tested ones before anything is overridden,
so that a missing name is reported, too.
"""

from agents.live.faust_patches.contract import require_tested_names

require_tested_names()
