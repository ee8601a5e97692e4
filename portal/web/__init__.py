"""What every page stands on: marks on views, answers, forms and fields, words, the frame."""
