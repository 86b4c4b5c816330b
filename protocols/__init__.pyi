from protocols.emulation.emulate import emulate as emulate
from protocols.prediction.predict import Prediction as Prediction
from protocols.prediction.predict import predict as predict
from protocols.reset.active import active_reset_circuit as active_reset_circuit
from protocols.sweep import run_sweep as run_sweep
