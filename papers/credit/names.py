"""Rules and controls in the words of a table."""

from papers.credit import protocol, work

RULES = {
    protocol.READOUT: "readout alone",
    protocol.IMMEDIATE: "immediate",
    "eligibility-trace": "eligibility trace",
    protocol.EPROP: "e-prop",
    protocol.SHARED: "four paths, shared",
    protocol.PATHS: "four paths a row",
    protocol.WINDOW: "backprop, 20 steps",
    protocol.EXACT: "exact RTRL",
}
STATES = work.STATES
CONTROLS = {
    STATES: "states, second order",
    "lags-read": "lags, second order",
    "last-label": "last label",
}
