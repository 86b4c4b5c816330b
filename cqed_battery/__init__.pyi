from analysis.design_search.design import design as design
from analysis.estimators.global_fit.fitted_file import fitted_experiment as fitted_experiment
from analysis.optimal_charging.optimise import optimise as optimise
from analysis.planning.planner import plan as plan
from analysis.results import Results as Results
from analysis.results import load_results as load_results
from analysis.results import save_results as save_results
from analysis.validation import validate as validate
from cqed_battery.device import Coupler as Coupler
from cqed_battery.device import Device as Device
from cqed_battery.device import DriveLine as DriveLine
from cqed_battery.device import Readout as Readout
from cqed_battery.device import Resonator as Resonator
from cqed_battery.device import Transmon as Transmon
from cqed_battery.errors import CqedBatteryError as CqedBatteryError
from cqed_battery.experiment import Experiment as Experiment
from cqed_battery.files.datasets import load_dataset as load_dataset
from cqed_battery.files.datasets import save_dataset as save_dataset
from cqed_battery.verbs.acquisition import *
from cqed_battery.verbs.campaigns import *
from cqed_battery.verbs.devices import *
from cqed_battery.verbs.papers import *
from cqed_battery.verbs.reality import *
from cqed_battery.verbs.records import *
from cqed_battery.verbs.runs import *
from cqed_battery.verbs.studies import *
from protocols.emulation.emulate import emulate as emulate
from protocols.prediction.predict import predict as predict

__version__: str
