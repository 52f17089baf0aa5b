import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { startRealCluster } from '../fixture/real-cluster.ts'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'
import { projectRoot } from '../fixture/tools.ts'
import { general, sorted } from './printed.ts'

const manifests = join(projectRoot, 'examples/seed')
const tables = 'pods,deployments,replicasets,services,endpointslices'

interface Question {
  readonly args: readonly string[]
  /** The order of its lines is one of chance. */
  readonly isUnordered?: true
  /** What goes to its output are the words of a program that no simulation runs. */
  readonly isOfProgram?: true
}

const eventColumns =
  'custom-columns=TYPE:.type,REASON:.reason,KIND:.involvedObject.kind,NAME:.involvedObject.name,' +
  'PATH:.involvedObject.fieldPath,FROM:.source.component,COUNT:.count,MESSAGE:.message'

const questions: readonly Question[] = [
  { args: ['get', tables] },
  { args: ['get', tables, '-o', 'wide'] },
  { args: ['get', tables, '--show-labels'] },
  { args: ['get', 'all'] },
  { args: ['describe', 'pod', 'ubuntu'] },
  { args: ['describe', 'pods', '-l', 'app=my-nginx'] },
  { args: ['describe', 'pods', '-l', 'app=heartbeat'] },
  { args: ['describe', 'deployment', 'my-nginx'] },
  { args: ['describe', 'deployment', 'heartbeat'] },
  { args: ['describe', 'replicasets'] },
  { args: ['describe', 'service', 'heartbeat'] },
  { args: ['describe', 'endpointslices', '-l', 'kubernetes.io/service-name=heartbeat'] },
  { args: ['get', 'pod', 'ubuntu', '-o', 'yaml'] },
  { args: ['get', 'pods', '-l', 'app=my-nginx', '-o', 'yaml'] },
  { args: ['get', 'pods', '-l', 'app=heartbeat', '-o', 'yaml'] },
  { args: ['get', 'deployments,replicasets', '-o', 'yaml'] },
  { args: ['get', 'services,endpointslices', '-o', 'yaml'] },
  { args: ['get', 'events'], isUnordered: true },
  { args: ['get', 'events', '-o', eventColumns], isUnordered: true },
  { args: ['rollout', 'status', 'deployment/my-nginx'] },
  { args: ['rollout', 'status', 'deployment/heartbeat'] },
  { args: ['rollout', 'history', 'deployment/my-nginx'] },
  { args: ['logs', 'ubuntu'] },
  { args: ['logs', 'deployment/heartbeat'], isOfProgram: true },
  { args: ['logs', 'deployment/my-nginx'], isOfProgram: true },
  { args: ['logs', 'my-nginx'] },
  { args: ['get', 'nodes'] },
  { args: ['get', 'endpoints'] },
  { args: ['get', 'configmaps,serviceaccounts,secrets,namespaces'] },
  { args: ['api-resources'] },
  { args: ['describe', 'node'], isUnordered: true },
]

const ask = (args: readonly string[]) => `kubectl ${args.join(' ').replace(manifests, 'SEED')}`
const applying = ['apply', '-f', manifests]
const applyingAgain = [...applying, '--dry-run=server']
const deleting = ['delete', '-f', manifests]
const afterwards = ['get', tables, '-A']
const everything = [
  applying,
  applyingAgain,
  ...questions.map(({ args }) => args),
  deleting,
  afterwards,
]

/** What was printed and how it ended, by what was typed. */
type Printed = ReadonlyMap<string, string>

type World = Pick<ServedSimulation, 'kubectl' | 'tryKubectl'>

interface Way {
  /** Until the pods of all three manifests are ready. */
  untilReady(): Promise<void>
  /** Lets time go on until what is asked has been answered. */
  during<T>(asked: Promise<T>): Promise<T>
}

async function record({ kubectl, tryKubectl }: World, way: Way): Promise<Printed> {
  const printed = new Map<string, string>()
  const nodes = await kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}')
  const server = await kubectl('config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}')
  const names = { node: nodes, manifests, port: new URL(server).port }
  const type = async ({ args, isUnordered, isOfProgram }: Question) => {
    const { code, stdout, stderr } = await tryKubectl(args)
    const text = general(isOfProgram ? stderr : `${stderr}${stdout}`, names)
    printed.set(ask(args), `${isUnordered ? sorted(text) : text}\nexit code ${code}`)
  }
  await type({ args: applying })
  await type({ args: applyingAgain })
  await way.untilReady()
  for (const question of questions) await type(question)
  await way.during(type({ args: deleting }))
  await type({ args: afterwards })
  return printed
}

const conditions = [
  ['deployment/heartbeat', 'condition=Available'],
  ['deployment/my-nginx', 'condition=Available'],
  ['pods', 'condition=Ready'],
] as const

async function inReality(): Promise<Printed> {
  await using cluster = await startRealCluster('--runtime-config', 'extensions/v1beta1=true')
  return await record(cluster, {
    untilReady: async () => {
      for (const [what, condition] of conditions) {
        const all = what === 'pods' ? ['--all'] : []
        await cluster.kubectl('wait', what, ...all, `--for=${condition}`, '--timeout=150s')
      }
    },
    during: (asked) => asked,
  })
}

async function inSimulation(): Promise<Printed> {
  await using cluster = await startServedSimulation(
    '--nodes',
    '1',
    '--runtime-config',
    'extensions/v1beta1=true',
  )
  return await record(cluster, {
    untilReady: async () => {
      for (const app of ['heartbeat', 'my-nginx']) {
        const all = `deployment/${app} jsonpath={.status.readyReplicas}=2`
        await cluster.knarr('clock', 'until', all)
      }
      await cluster.knarr('clock', 'until', 'pod/ubuntu condition=Ready')
    },
    during: async (asked) => {
      await cluster.knarr('clock', 'speed', '60x')
      await cluster.knarr('clock', 'resume')
      return asked
    },
  })
}

describe('kubectl prints the same in both worlds', () => {
  let real: Printed
  let simulated: Printed

  before(async () => {
    ;[real, simulated] = await Promise.all([inReality(), inSimulation()])
  })

  for (const args of everything) {
    const typed = ask(args)
    test(typed, () => {
      assert.ok(real.get(typed), 'something was printed')
      assert.equal(simulated.get(typed), real.get(typed))
    })
  }
})
