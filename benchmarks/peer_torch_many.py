"""The same learning as in `peer_torch`, of many learners whose weights lie in one array each."""

import numpy as np
import torch

from peer_scan import DECAY, FLOOR, Weights


class TorchLearners:
    """Independent learners, moved together: every weight has a first axis of learners."""

    def __init__(self, weights: Weights, rate: float, learners: int):
        def copies(leaf: np.ndarray) -> torch.nn.Parameter:
            return torch.nn.Parameter(torch.tensor(np.stack([np.asarray(leaf)] * learners)))

        self.weights = [copies(leaf) for leaf in weights]
        self.hidden = torch.zeros(learners, *weights.bias.shape, 1)
        self.optimizer = torch.optim.RMSprop(self.weights, lr=rate, alpha=DECAY, eps=FLOOR**0.5)

    def learn(self, xs: torch.Tensor, ys: torch.Tensor) -> torch.Tensor:
        """Learn from samples (learners, T, ...); returns the predictions made on the way."""
        recurrent, input_, bias, readout, offset = self.weights
        predictions = []
        for x, y in zip(xs.unbind(1), ys.unbind(1), strict=True):
            driven = torch.baddbmm(bias[..., None], input_, x[..., None])
            hidden = torch.tanh(torch.baddbmm(driven, recurrent, self.hidden))
            prediction = torch.baddbmm(offset[..., None], readout, hidden)[..., 0]
            # A sum, so that the gradient of each learner is that of its own loss.
            loss = 0.5 * torch.sum((prediction - y) ** 2)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.hidden = hidden.detach()
            predictions.append(prediction.detach())
        return torch.stack(predictions, dim=1)
