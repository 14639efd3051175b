import type { Detector } from '../detector.ts';
import { apiKey } from './api-key.ts';
import { email } from './email.ts';
import { iban } from './iban.ts';
import { paymentCard } from './payment-card.ts';

/** Every detector that content rules can name. A new one is one line here. */
const detectors: readonly Detector[] = [email, paymentCard, iban, apiKey];

export const detectorsByKind: ReadonlyMap<string, Detector> = new Map(
  detectors.map(detector => [detector.kind, detector]),
);
