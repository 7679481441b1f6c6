"""What a run is asked to be: values, checked, without numpy or torch."""
