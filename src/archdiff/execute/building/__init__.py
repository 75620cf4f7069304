"""A printed network to modules of torch: how each layer is constructed, what the print lacks, and the modules."""
