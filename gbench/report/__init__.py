"""Pages as data: the kit, and the sections that every training pipeline can show."""
