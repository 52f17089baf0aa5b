import type { DrillFigures, FigureSpread } from '../model/figures.ts'
import type { DrilledObject } from '../model/objects.ts'
import type { DrillReport, DrillResult } from '../model/report.ts'

/** A Deployment whose name and file hold all that a careless writer would let through. */
export const hostile: DrilledObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  at: { file: 'deploy/a b&<c>|"d".yaml', line: 7 },
}

const spread: FigureSpread = { least: 0, median: 1, p90: 4, most: null }

/** Figures of a run in which four of a hundred requests were lost. */
const figures: DrillFigures = {
  sent: 100,
  answered: 96,
  lost: 4,
  lostBy: [
    { reason: 'refused', target: 'stopped', count: 3 },
    { reason: 'timeout', target: 'none', count: 1 },
  ],
  unfinished: 0,
  sentToNotReady: 0,
  longestGapMs: 250,
  lastLossMs: 1200,
  readyAfterMs: null,
  restarts: 2,
}

/** The result of a drill that failed, with a cause, an advice and a timeline. */
export const failedDrill: DrillResult = {
  drill: 'stop',
  title: 'pods are stopped under load',
  verdict: 'fails',
  sentence: '3 requests were refused by <web> | "stopped" `pods` & co (scale down).',
  objectives: { maxLost: 0 },
  missed: [{ objective: 'maxLost', allowed: 0, measured: 4 }],
  cases: [
    { case: 'scale down', verdict: 'fails', runs: 3, missed: 3, worst: figures },
    { case: 'delete', verdict: 'pass', runs: 3, missed: 0, worst: { ...figures, lost: 0 } },
  ],
  distribution: {
    virtualMs: 60_000,
    runs: 6,
    missed: 3,
    lost: spread,
    longestGapMs: spread,
    lastLossMs: spread,
    readyAfterMs: spread,
    restarts: spread,
    lostBySeed: [{ seed: 1, lost: 4 }],
  },
  worst: {
    seed: 1,
    case: 'scale down',
    figures,
    services: [{ service: 'shop/web:80', ...figures }],
    replay: "knarr drill stop -f 'deploy/a b&<c>.yaml' --seed 1 --log",
    causes: [
      {
        id: 'refused-stopped',
        sentence: '3 requests were refused by <web> | "stopped" `pods` & co',
        lost: 3,
        service: 'shop/web:80',
        object: hostile,
        entries: [{ sequence: 41, atMs: 100, text: 'kubelet/node-1 update pods/status </pre>' }],
      },
    ],
    timeline: {
      fromMs: -1000,
      toMs: 9000,
      zero: '2026-01-01T00:00:10.000Z',
      faults: [{ fromMs: 0, toMs: null, text: 'web is <scaled> down', target: 'deployment/web' }],
      services: [
        {
          service: 'shop/web:80',
          bucketMs: 1000,
          buckets: [
            { fromMs: 0, answered: 6, lost: 4, lostBy: figures.lostBy },
            { fromMs: 1000, answered: 10, lost: 0, lostBy: [] },
          ],
        },
      ],
      pods: [
        {
          pod: 'shop/web-1',
          workload: 'deployment/web',
          node: 'node-1',
          spans: [
            { fromMs: -1000, toMs: 0, phase: 'Running', isReady: true, endpoint: 'ready' },
            { fromMs: 0, toMs: 5000, phase: 'Terminating', isReady: false, endpoint: 'none' },
          ],
          marks: [{ atMs: 100, track: 'signal', text: 'SIGTERM', sequence: 41 }],
        },
      ],
      nodes: [
        {
          node: 'node-1',
          spans: [{ fromMs: -1000, toMs: 9000, ready: 'True', isCordoned: true }],
        },
      ],
    },
  },
  varied: [],
  advice: {
    sentence: 'A preStop hook that sleeps 5 s loses none.',
    patches: [
      {
        change: 'pre-stop-sleep',
        text: 'lets web sleep before it stops',
        target: hostile,
        type: 'strategic',
        patch: { metadata: { annotations: { why: "it's <needed>" } } },
      },
    ],
    meetsObjectives: true,
    runs: 6,
    before: figures,
    after: { ...figures, lost: 0, answered: 100, lostBy: [], readyAfterMs: 2000, restarts: 0 },
  },
}

/** A report of a drill that failed and one that did not concern the manifest. */
export const report: DrillReport = {
  apiVersion: 'drills.knarr.dev/v1',
  kind: 'DrillReport',
  verdict: 'fails',
  input: {
    files: ['deploy/a b&<c>|"d".yaml'],
    nodes: [{ name: 'node-1', cpus: 4, memoryBytes: 2 ** 34 }],
    workloads: [hostile],
    services: [
      { service: 'shop/web:80', object: hostile, path: '/', workloads: ['deployment/web'] },
    ],
    ratePerSecond: 10,
  },
  assumptions: [
    { about: hostile, value: '2s', source: 'guess', text: 'web listens 2s after its <start>' },
  ],
  drills: [
    failedDrill,
    {
      drill: 'zone-loss',
      title: 'a zone is lost',
      verdict: 'skipped',
      sentence: 'All nodes are in one zone.',
      objectives: {},
      missed: [],
      cases: [],
      varied: [],
    },
  ],
}
