"""Settings of parameter versions, kept in history by every writer of figures that name them."""

from config.held import with_held
from config.settings import Configuration
from config.timestamps import rfc3339
from streams.history.store import Store

__all__ = ["with_history", "write_parameters"]


def with_history(configuration: Configuration, store: Store) -> Configuration:
    """The configuration, with the versions that history holds for the time before the first one given.

    Raises:
        UserError: such a version lays a queue's intervals otherwise.
    """
    with store.reading() as reader:
        return with_held(configuration, reader.parameters())


def write_parameters(configuration: Configuration, store: Store) -> None:
    """Keep what each parameter version stands for beside the figures that name it.

    Raises:
        UserError: history holds a version with other content.
    """
    for version in configuration.versions:
        store.write_parameters(version.parameters_version, rfc3339(version.parameters_from_ms), version.content)
