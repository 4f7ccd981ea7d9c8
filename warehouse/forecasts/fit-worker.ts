import { parentPort, workerData } from 'node:worker_threads';
import { type FitInput, fitModels } from './fit-models.ts';

// Begun by `fit-in-worker.ts`: one input, one answer.
parentPort?.postMessage(fitModels(workerData as FitInput));
