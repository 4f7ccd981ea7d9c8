import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createApiMetrics } from '../api/metrics.ts';
import { KAFKA_METRICS } from '../changelog/kafka/metrics.ts';
import { INGEST_METRICS } from '../ingest/metrics.ts';
import { createModelMetrics } from '../warehouse/models/metrics.ts';

const PROMETHEUS = join(import.meta.dirname, 'prometheus');

interface Dashboard {
  panels: {
    title: string;
    description: string;
    datasource: { uid: string };
    gridPos: { x: number; y: number; w: number; h: number };
    targets: { expr: string; refId: string }[];
  }[];
}
const dashboard = JSON.parse(
  readFileSync(join(import.meta.dirname, 'grafana/dashboards/millrace.json'), 'utf8'),
) as Dashboard;
const rules = parse(readFileSync(join(PROMETHEUS, 'alerts.yml'), 'utf8')) as {
  groups: { rules: { alert: string; expr: string }[] }[];
};

/** Every series that the parts show: a histogram's have endings. */
async function knownSeries(): Promise<Set<string>> {
  const models = new Registry();
  createModelMetrics(models);
  const all = [...(await createApiMetrics().registry.getMetricsAsJSON()), ...(await models.getMetricsAsJSON())];
  const names = new Set<string>(['up', ...Object.values(INGEST_METRICS), ...Object.values(KAFKA_METRICS)]);
  for (const { name, type } of all) {
    names.add(name);
    if (String(type) === 'histogram') for (const ending of ['_bucket', '_sum', '_count']) names.add(name + ending);
  }
  return names;
}

function seriesIn(expression: string): string[] {
  return expression.match(/\b(?:(?:millrace|process|nodejs)_[a-z_]+|up)\b/g) ?? [];
}

describe('dashboard and alerts', () => {
  it('ask for nothing that no part shows', async () => {
    const known = await knownSeries();
    const asked = [
      ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr }))),
      ...rules.groups.flatMap((group) => group.rules.map(({ alert, expr }) => ({ where: alert, expr }))),
    ];
    expect(asked.length).toBeGreaterThan(20);
    for (const { where, expr } of asked) {
      const series = seriesIn(expr);
      expect(series.length, `${where}: ${expr}`).toBeGreaterThan(0);
      for (const name of series) expect([...known], `${where} asks for ${name}`).toContain(name);
    }
  });
});

describe('the dashboard', () => {
  it('has panels that explain themselves, read the data source that is provisioned, and do not overlap', () => {
    const provisioned = parse(
      readFileSync(join(import.meta.dirname, 'grafana/provisioning/datasources/prometheus.yaml'), 'utf8'),
    ) as { datasources: { uid: string }[] };
    const taken = new Set<string>();
    for (const { title, description, datasource, gridPos } of dashboard.panels) {
      expect(description, title).not.toBe('');
      expect(datasource.uid, title).toBe(provisioned.datasources[0]?.uid);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        expect(x, title).toBeLessThan(24);
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken, title).not.toContain(`${x} ${y}`);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
});

// Debian: the package prometheus. CI has it.
const hasPromtool = (() => {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe(hasPromtool ? 'promtool' : 'promtool (skipped: it is not installed)', () => {
  const promtool = (...args: string[]): string =>
    execFileSync('promtool', args, { cwd: PROMETHEUS, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  it.skipIf(!hasPromtool)('accepts the configuration and the rules', () => {
    expect(promtool('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
  });

  it.skipIf(!hasPromtool)('finds that alerts fire when they should and not before', () => {
    expect(promtool('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
  });
});
