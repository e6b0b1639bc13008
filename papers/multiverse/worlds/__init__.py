"""Every world, by name."""

from collections.abc import Mapping

from papers.multiverse.world import AbstractWorld
from papers.multiverse.worlds.adding import AddingWorld
from papers.multiverse.worlds.architectures import ArchitecturesWorld
from papers.multiverse.worlds.characters import CharactersWorld
from papers.multiverse.worlds.cortex import CortexGradientsWorld, CortexWorld, StationaryWorld
from papers.multiverse.worlds.lorenz import LorenzWorld, SineSpreadWorld
from papers.multiverse.worlds.lstm import LSTMWorld
from papers.multiverse.worlds.sine import SineWorld
from papers.multiverse.worlds.streams import StreamsWorld
from papers.multiverse.worlds.transformer import TransformerWorld
from papers.multiverse.worlds.width import WidthWorld

WORLDS: Mapping[str, AbstractWorld] = {
    world.name: world
    for world in (
        SineWorld(),
        WidthWorld(),
        ArchitecturesWorld(),
        StreamsWorld(),
        SineSpreadWorld(),
        LorenzWorld(),
        LSTMWorld(),
        TransformerWorld(),
        AddingWorld(),
        CharactersWorld(),
        CortexWorld(),
        CortexGradientsWorld(),
        StationaryWorld(),
    )
}


def at_scale(name: str, factor: int) -> AbstractWorld:
    """A world by name, smaller by a factor."""
    return WORLDS[name] if factor == 1 else WORLDS[name].shrunk(factor)
