import { type FaultSpec, faults } from '#api'
import type { SimCluster } from '#cluster/simulation'
import type { Scene } from '../input/scene.ts'
import type { FaultBand } from '../model/timeline.ts'

/** Where a case acts: the running application, its time, and what is said of what was done. */
export interface DrillStage {
  readonly cluster: SimCluster
  readonly scene: Scene
  /** Advances time. */
  advance(ms: number): Promise<void>
  /** Advances time until a condition holds, by `limitMs` at most; resolves to whether it held. */
  until(condition: () => boolean, limitMs: number): Promise<boolean>
  /** Whether all that is wanted is Ready now. */
  isReady(): boolean
  /** Says what is done from now on until it ends, or to the end of the run. */
  band(text: string, target: string): { end(): void }
  /** Says that a step comes to no end, and why. */
  giveUp(why: string): void
  /** Says that a restart of a container is what the drill itself has asked for. */
  expectRestart(): void
  /** Breaks something by a Fault, and says so. */
  fault(spec: FaultSpec, text: string): Promise<{ heal(): Promise<void> }>
}

/** When a band ends that has not ended yet. */
const nothingYet: number | null = null

interface StageOptions {
  readonly cluster: SimCluster
  readonly scene: Scene
  /** Called at every instant that time passes through. */
  readonly look: () => void
  readonly isReady: () => boolean
}

/** A stage, and the bands that were said on it, with times of the cluster's wall clock. */
export interface OpenDrillStage extends DrillStage {
  readonly bands: readonly FaultBand[]
  readonly unfinished: readonly string[]
  /** How many restarts the drill has asked for. */
  readonly ownRestarts: number
}

/** Makes the stage of one run. */
export function createStage({ cluster, scene, look, isReady }: StageOptions): OpenDrillStage {
  const { client, clock, timeDriver } = cluster
  const bands: { fromMs: number; toMs: number | null; text: string; target: string }[] = []
  const unfinished: string[] = []
  let ownRestarts = 0
  const until = async (condition: () => boolean, limitMs: number) => {
    const looking = () => {
      look()
      return condition()
    }
    return timeDriver.until(looking, limitMs)
  }
  const band = (text: string, target: string) => {
    const said = { fromMs: clock.wallMs(), toMs: nothingYet, text, target }
    bands.push(said)
    return {
      end: () => {
        said.toMs = clock.wallMs()
      },
    }
  }
  return {
    cluster,
    scene,
    bands,
    isReady,
    until,
    band,
    unfinished,
    get ownRestarts() {
      return ownRestarts
    },
    giveUp: (why) => void unfinished.push(why),
    expectRestart: () => {
      ownRestarts++
    },
    advance: async (ms) => void (await until(() => false, ms)),
    async fault(spec, text) {
      const name = `drill-${bands.length + 1}`
      const said = band(text, spec.node ?? spec.registry ?? spec.pod ?? '')
      await client.create(faults, { metadata: { name }, spec })
      return {
        async heal() {
          said.end()
          await client.delete(faults, { name })
        },
      }
    },
  }
}
