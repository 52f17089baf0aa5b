import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '#lib'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'
import { knarr } from '../fixture/tools.ts'

interface Follower extends AsyncDisposable {
  readonly lines: readonly string[]
  /** Waits until a line fits. */
  until(wanted: RegExp): Promise<void>
}

const limitMs = 30_000

function follow(dataDir: string, ...filters: readonly string[]): Follower {
  const child = spawn(knarr, ['log', ...filters, '--follow', '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    for (const look of waiting) look()
  })
  return {
    lines,
    until: (wanted) =>
      new Promise((resolve, reject) => {
        const timer = systemClock.timer(limitMs, () =>
          reject(new Error(`no ${wanted} in\n${lines.join('\n')}`)),
        )
        const look = () => {
          if (!lines.some((line) => wanted.test(line))) return
          waiting.delete(look)
          timer[Symbol.dispose]()
          resolve()
        }
        waiting.add(look)
        look()
      }),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}

const pod = (name: string, namespace = 'default') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}}
spec: {containers: [{name: c, image: busybox, command: [sleep, '1000']}]}
`

describe('knarr log --follow goes on with what its filters select, and nothing else:', () => {
  let cluster: ServedSimulation
  let count = 0
  before(async () => {
    cluster = await startServedSimulation()
    await cluster.kubectl('create', 'namespace', 'shop')
  })
  after(() => cluster[Symbol.asyncDispose]())

  const filters: readonly (readonly [
    filters: (name: string) => readonly string[],
    only: (name: string) => RegExp,
  ])[] = [
    [(name) => [`pod/${name}`], (name) => new RegExp(`\\b(default/${name}|Pod/${name})\\b`)],
    [
      () => ['--namespace', 'shop', '--kind', 'pod'],
      () => / pods(\/\w+)? shop\/|events shop\/.* of Pod\//,
    ],
    [(name) => [`pod/${name}`, '--reason', 'Started'], (name) => new RegExp(`Started.*${name}`)],
  ]
  for (const [given, only] of filters) {
    test(given('NAME').join(' '), async () => {
      const name = `a${++count}`
      const inShop = given(name).includes('shop')
      // What stands there already is printed first, so that its end is known.
      await cluster.apply(pod(name, inShop ? 'shop' : 'default'))
      await cluster.knarr('clock', 'advance', '10s')
      await using follower = follow(cluster.dataDir, ...given(name))
      await follower.until(only(name))
      const before = follower.lines.length
      await cluster.apply(pod(`b${count}`, inShop ? 'default' : 'shop'))
      await cluster.knarr('clock', 'advance', '10s')
      const own = ['-n', inShop ? 'shop' : 'default']
      await cluster.kubectl('delete', 'pod', name, ...own, '--force', '--grace-period=0')
      await cluster.apply(pod(name, inShop ? 'shop' : 'default'))
      await cluster.knarr('clock', 'advance', '10s')
      while (follower.lines.length === before) await systemClock.sleep(50)
      const strangers = follower.lines.filter((line) => !only(name).test(line))
      assert.deepEqual(strangers, [])
    })
  }
})
