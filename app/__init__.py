"""kvswatch: who may watch a company's cameras on AWS, who does, and whether anybody can prove it."""

__version__ = "0.1.0"
