"""The only home of torch, transformers, peft and datasets: load, render, score, train.

Everything here takes and gives plain values; tensors do not leave the room.
"""
