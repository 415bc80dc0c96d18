"""The models on CUDA against the models on the CPU: equal results, speed per stage, and how busy the GPU is.

`main` measures each pack on both devices, in a new process per device, and compares what they return.
"""
