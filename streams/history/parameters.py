"""Settings of parameter versions, kept in history by every writer of figures that name them."""

from config.settings import Configuration
from config.timestamps import rfc3339
from streams.history.store import Store

__all__ = ["write_parameters"]


def write_parameters(configuration: Configuration, store: Store) -> None:
    """Keep what each parameter version stands for beside the figures that name it.

    Raises:
        UserError: history holds a version with other content.
    """
    for version in configuration.versions:
        store.write_parameters(version.parameters_version, rfc3339(version.parameters_from_ms), version.content)
