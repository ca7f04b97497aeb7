"""One service a file: COLLECTOR says which parts it reads, with which permissions, where and how often."""
