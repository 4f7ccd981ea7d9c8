import { describe, expect, it } from 'vitest';
import { NOTIFICATIONS } from '../notifications/notification-breakdown.ts';
import { SAGA_STEPS, SAGAS } from '../sagas/saga-breakdowns.ts';
import { columnsOf, sourceOf } from './breakdown.ts';
import { amount, ratio, shareOfPeriod } from './measures.ts';

describe('sourceOf', () => {
  const asked = { by: ['channel'], measures: ['notifications', 'delivery_rate'], filters: [] };

  it('is the cube as long as it has everything', () => {
    expect(sourceOf(NOTIFICATIONS, asked)).toBe('cube');
    expect(sourceOf(NOTIFICATIONS, { ...asked, filters: [{ sql: 'true' }] })).toBe('cube');
    expect(sourceOf(SAGAS, { by: [], measures: ['sagas', 'share', 'average_duration_ms'], filters: [] })).toBe('cube');
  });

  it('is the facts for a dimension, a measure or a filter that the cube does not have', () => {
    expect(sourceOf(NOTIFICATIONS, { ...asked, by: ['error'] })).toBe('facts');
    expect(sourceOf(NOTIFICATIONS, { ...asked, measures: ['p90_delivery_ms'] })).toBe('facts');
    expect(sourceOf(NOTIFICATIONS, { ...asked, filters: [{ sql: 'true', onlyFacts: true }] })).toBe('facts');
    expect(sourceOf(SAGA_STEPS, { by: ['service'], measures: ['steps'], filters: [] })).toBe('facts');
  });
});

it('reads each column once, also where several measures are made of it', () => {
  expect(columnsOf(NOTIFICATIONS, ['delivery_rate', 'failure_rate', 'sent'])).toEqual(['sent', 'delivered', 'failed']);
});

describe('measures', () => {
  const none = () => 0n;

  it('divide exactly, half away from zero, and by nothing not at all', () => {
    const refundRate = ratio({ of: 'refunded', by: 'captured', description: '' });
    expect(refundRate.text({ refunded: '0.05', captured: '1000.00' }, none)).toBe('0.0001');
    expect(refundRate.text({ refunded: '-0.05', captured: '1000.00' }, none)).toBe('-0.0001');
    expect(refundRate.text({ refunded: '90071992547409930.01', captured: '90071992547409930.01' }, none)).toBe(
      '1.0000',
    );
    expect(refundRate.text({ refunded: '5.00', captured: '0.00' }, none)).toBe('null');
  });

  it('copy the digits of amounts', () => {
    expect(amount('paid', '').text({ paid: '12345678901234567890.10' }, none)).toBe('12345678901234567890.10');
  });

  it('are shares of the whole period', () => {
    expect(shareOfPeriod('sagas', '').text({ sagas: '1' }, () => 3n)).toBe('0.3333');
    expect(shareOfPeriod('sagas', '').text({ sagas: '0' }, none)).toBe('null');
  });
});
