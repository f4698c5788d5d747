// No code: a target that needs both programs, so that one build makes them and leaves no processor waiting between two.
