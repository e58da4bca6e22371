"""The views: pure folds over effective entries, each disposable."""
