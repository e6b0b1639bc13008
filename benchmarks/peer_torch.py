"""The same learning as in `peer_scan`, in eager PyTorch."""

from collections.abc import Callable

import numpy as np
import torch

from peer_scan import DECAY, FLOOR, Weights


class TorchLearner:
    """As PyTorch users write it: autograd and an optimizer, one sample after another."""

    def __init__(self, weights: Weights, rate: float):
        self.weights = [torch.nn.Parameter(torch.tensor(np.asarray(leaf))) for leaf in weights]
        self.hidden = torch.zeros(weights.bias.shape)
        self.optimizer = torch.optim.RMSprop(self.weights, lr=rate, alpha=DECAY, eps=FLOOR**0.5)

    def learn(self, xs: torch.Tensor, ys: torch.Tensor) -> torch.Tensor:
        """Learn from all samples; returns the predictions made on the way."""
        recurrent, input_, bias, readout, offset = self.weights
        linear: Callable[..., torch.Tensor] = torch.nn.functional.linear
        predictions = []
        for x, y in zip(xs, ys, strict=True):
            hidden = torch.tanh(linear(self.hidden, recurrent) + linear(x, input_, bias))
            prediction = linear(hidden, readout, offset)
            loss = 0.5 * torch.sum((prediction - y) ** 2)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.hidden = hidden.detach()
            predictions.append(prediction.detach())
        return torch.stack(predictions)
