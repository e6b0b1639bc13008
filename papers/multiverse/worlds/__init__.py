"""Every world, by name."""

from collections.abc import Mapping

from papers.multiverse.world import AbstractWorld
from papers.multiverse.worlds.sine import SineWorld

WORLDS: Mapping[str, AbstractWorld] = {world.name: world for world in (SineWorld(),)}
