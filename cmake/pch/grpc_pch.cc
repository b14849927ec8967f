// Exists so that the precompiled gRPC header has a target to belong to.
