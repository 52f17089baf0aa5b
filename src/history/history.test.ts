import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CommitRecord } from '#apiserver'
import type { ChangeTrigger, Stored, Trigger } from '#machinery'
import { formatWhy } from './format-why.ts'
import { createHistory } from './history.ts'
import { createLogFilter, type LogFilter } from './log-filter.ts'
import { why } from './why.ts'

const object = (kind: string, name: string, rest: object = {}): Stored =>
  ({ apiVersion: 'v1', kind, metadata: { name }, ...rest }) as unknown as Stored

interface WrittenRecord {
  readonly resource: string
  readonly key: string
  readonly actor?: string
  readonly trigger?: Trigger
  readonly verb?: CommitRecord['verb']
  readonly before?: Stored
  readonly after?: Stored
}

const write = (
  revision: number,
  { actor = 'admin', trigger, ...written }: WrittenRecord,
): CommitRecord => ({
  verb: 'update',
  ...written,
  revision,
  wallMs: revision * 1000,
  user: 'u',
  cause: { actor, trigger: trigger ?? { kind: 'request' } },
})

const changed = (resource: string, key: string, revision: number): ChangeTrigger => ({
  kind: 'change',
  resource,
  key,
  resourceVersion: String(revision),
})

const maps = (revision: number) =>
  write(revision, { resource: 'configmaps', key: 'default/a', after: object('ConfigMap', 'a') })

const podNames = { resource: 'pods', namespace: 'default', name: 'web' }

test('equal runs give equal lines and hashes, and any other line another hash', () => {
  const run = (revisions: readonly number[]) => {
    const history = createHistory()
    for (const revision of revisions) history.record(maps(revision))
    return history
  }
  assert.equal(run([1, 2]).hash(), run([1, 2]).hash())
  assert.notEqual(run([1, 2]).hash(), run([1, 3]).hash())
  assert.deepEqual(run([1, 2]).lines(), [
    '+0s admin update configmaps default/a @1: created (by request)',
    '+1s admin update configmaps default/a @2: created (by request)',
  ])
})

test('what is let go still counts in the hash, and the rest says how much it was', () => {
  const small = createHistory({ limit: 2 })
  const large = createHistory()
  for (let revision = 1; revision <= 9; revision++) {
    small.record(maps(revision))
    large.record(maps(revision))
  }
  assert.deepEqual(
    small.entries.map(({ revision }) => revision),
    [8, 9],
  )
  assert.equal(small.dropped, 7)
  assert.equal(small.hash(), large.hash())
})

test('what is warned of since the last write says why it stays as it is, each as it was told last', () => {
  const pod = (ready: string) =>
    object('Pod', 'web', {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] },
    })
  const event = (name: string, type: string, message: string, count: number) =>
    object('Event', name, {
      ...{ type, reason: 'Unhealthy', message, count },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'web' },
    })
  const history = createHistory()
  const record = (revision: number, ...[name, ...rest]: Parameters<typeof event>) =>
    history.record(
      write(revision, {
        ...{ actor: 'kubelet/a', resource: 'events', key: `default/${name}` },
        after: event(name, ...rest),
      }),
    )
  record(1, 'old', 'Warning', 'long gone', 1)
  const podWrite = {
    resource: 'pods',
    key: 'default/web',
    before: pod('True'),
    after: pod('False'),
  }
  history.record(write(2, podWrite))
  record(3, 'probe', 'Warning', 'statuscode: 500', 1)
  record(4, 'pull', 'Normal', 'pulling', 1)
  record(5, 'probe', 'Warning', 'statuscode: 500', 2)
  const steps = why(history, podNames)
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['state', 'warning', 'write', 'trigger'],
  )
  assert.match(
    formatWhy(steps),
    /^ {2}kubelet\/a says: Warning Unhealthy of Pod\/web: statuscode: 500 \(2 times\) \[\+3s/m,
  )
})

test('heartbeats are kept but not told', () => {
  const lease = (renewTime: string) => object('Lease', 'node-1', { spec: { renewTime } })
  const history = createHistory()
  history.record(
    write(1, {
      resource: 'leases.coordination.k8s.io',
      key: 'kube-node-lease/node-1',
      before: lease('1'),
      after: lease('2'),
    }),
  )
  assert.equal(history.lines().length, 0)
  assert.equal(history.lines({ routine: true }).length, 1)
})

test('a follower gets what comes, notes too, until it stops', async () => {
  const history = createHistory()
  const stop = new AbortController()
  const followed = history.follow(stop.signal)
  history.record(maps(1))
  history.note({ wallMs: 2, actor: 'user', verb: 'fault', what: 'crash' })
  stop.abort()
  const seen: string[] = []
  for await (const { verb } of followed) seen.push(verb)
  assert.deepEqual(seen, ['update', 'fault'])
})

test('a pod that was evicted leads back over its taint to the fault of its node', () => {
  const history = createHistory()
  const node = (status: string, taints: readonly object[] = []) =>
    object('Node', 'node-1', {
      spec: { taints },
      status: { conditions: [{ type: 'Ready', status }] },
    })
  const pod = (metadata: object = {}) =>
    object('Pod', 'web', { metadata: { name: 'web', ...metadata } })
  const nodes = { resource: 'nodes', key: 'node-1' }
  const pods = { resource: 'pods', key: 'default/web' }
  const lifecycle = 'controller/node-lifecycle'
  history.record(write(1, { ...pods, after: pod() }))
  history.note({
    wallMs: 1500,
    actor: 'faults',
    verb: 'fault',
    resource: 'nodes',
    key: 'node-1',
    what: 'crash',
  })
  history.record(
    write(2, {
      ...nodes,
      actor: lifecycle,
      trigger: { kind: 'observed', what: 'no sign of life of node node-1 for 40 s' },
      before: node('True'),
      after: node('Unknown'),
    }),
  )
  history.record(
    write(3, {
      ...nodes,
      actor: lifecycle,
      trigger: changed('nodes', 'node-1', 2),
      before: node('Unknown'),
      after: node('Unknown', [{ key: 'unreachable', effect: 'NoExecute' }]),
    }),
  )
  history.record(
    write(4, {
      ...pods,
      verb: 'delete',
      actor: 'controller/taint-eviction',
      trigger: { kind: 'timer', purpose: 'toleration', setBy: changed('nodes', 'node-1', 3) },
      before: pod(),
    }),
  )
  const text = formatWhy(why(history, podNames))
  assert.equal(
    text,
    `pods/web was deleted
  controller/taint-eviction wrote pods default/web (delete): deleted [+2.5s, 1970-01-01T00:00:04.000Z]
    because of a timer: toleration, set by nodes node-1 @3
    because controller/node-lifecycle wrote nodes node-1 (update): taint unreachable:NoExecute added [+1.5s, 1970-01-01T00:00:03.000Z]
      because controller/node-lifecycle wrote nodes node-1 (update): condition Ready True → Unknown [+0.5s, 1970-01-01T00:00:02.000Z]
        because it saw: no sign of life of node node-1 for 40 s
        because of fault by faults: crash [+0s, 1970-01-01T00:00:01.500Z]
`,
  )
})

test('a link that is not kept ends the chain and says so; a cycle ends too', () => {
  const history = createHistory({ limit: 1 })
  const trigger = changed('pods', 'default/web', 1)
  const written = { resource: 'pods', key: 'default/web', trigger, after: object('Pod', 'web') }
  history.record(write(1, written))
  history.record(write(2, written))
  assert.match(why(history, podNames).at(-1)?.text ?? '', /which is older than what is kept$/)
  const itself = createHistory()
  itself.record(write(1, written))
  assert.match(why(itself, podNames).at(-1)?.text ?? '', /from before the log began$/)
})

test('an object that nobody ever wrote is an error', () => {
  assert.throws(() => why(createHistory(), podNames), {
    code: 'UnknownObject',
    message: 'pods "web" not found in the namespace default',
  })
})

const refused = (name: string, code = 403) => ({
  wallMs: 1000,
  user: 'bob',
  verb: 'create' as const,
  resource: 'pods',
  key: `default/${name}`,
  code,
  reason: 'Forbidden',
  message: 'no',
})

test('refused requests stand in the log, repetitions by powers of two', () => {
  const history = createHistory()
  for (let time = 0; time < 9; time++) history.refuse(refused('a'))
  history.refuse(refused('b', 429))
  assert.deepEqual(
    history.lines(),
    [...Array(4).fill('a'), 'b'].map(
      (name) =>
        `+0s bob refused pods default/${name}: create: ${name === 'a' ? 403 : 429} Forbidden: no (by request)`,
    ),
  )
})

test('refusals crowd out no more than a quarter of the log', () => {
  const history = createHistory({ limit: 100 })
  for (let revision = 1; revision <= 75; revision++) history.record(maps(revision))
  for (let each = 0; each < 10_000; each++) history.refuse(refused(`pod-${each}`))
  assert.equal(history.entries.length, 100)
  assert.equal(history.entries.filter(({ verb }) => verb === 'update').length, 75)
})

test("a component's conflicts are routine, for it tries again", () => {
  const history = createHistory()
  history.refuse({ ...refused('a', 409), user: 'system:kube-scheduler' })
  history.refuse({ ...refused('a', 409), user: 'bob' })
  assert.equal(history.lines().length, 1)
})

test('the log is selected by object, namespace, kind, reason and time, with the Events of an object', () => {
  const history = createHistory()
  const event = object('Event', 'e', {
    ...{ type: 'Warning', reason: 'FailedMount', message: 'no' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web' },
  })
  const written = (revision: number, resource: string, key: string, kind: string) =>
    write(revision, { resource, key, after: object(kind, key) })
  history.record(written(1, 'pods', 'default/web', 'Pod'))
  history.record(write(2, { resource: 'events', key: 'default/e', after: event }))
  history.record(written(3, 'pods', 'shop/web', 'Pod'))
  history.record(written(4, 'nodes', 'web', 'Node'))
  history.refuse(refused('web'))
  const shown = (filter: LogFilter) =>
    history.entries.filter(createLogFilter(filter)).map(({ sequence }) => sequence)
  const web = { resource: 'pods', kind: 'Pod', name: 'web', namespace: 'default' }
  assert.deepEqual(shown(web), [1, 2, 5])
  assert.deepEqual(shown({ namespace: 'shop' }), [3])
  assert.deepEqual(shown({ resource: 'nodes', kind: 'Node' }), [4])
  assert.deepEqual(shown({ reason: 'FailedMount' }), [2])
  assert.deepEqual(shown({ reason: 'Forbidden' }), [5])
  assert.deepEqual(shown({ sinceMs: 2000, untilMs: 3000 }), [2, 3])
})
