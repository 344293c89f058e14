"""What we change in Faust and aiokafka, all in one place; README.md beside it says what and why.

Whoever imports from here starts a worker: what is installed is compared with what was tested before anything is
overridden, so that a missing name is named, too.
"""

from agents.live.faust_patches.contract import require_tested_names

require_tested_names()
