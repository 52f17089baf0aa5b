import type { AdviceTrial } from '../advise/search.ts'
import { behaviourFile } from '../behaviour/behaviours.ts'
import { UnusableManifest } from '../input/manifest.ts'
import type { Scene } from '../input/scene.ts'
import { causesOf } from '../judge/causes.ts'
import type { Objectives } from '../model/objectives.ts'
import type { Drill, DrillCase, DrillOptions } from '../run/drill.ts'
import { runInDetail } from '../run/run-case.ts'
import { casesOf } from './cases.ts'
import { defaultRate, type RunDrillsOptions } from './options.ts'
import { judgeCase } from './seeds.ts'

interface AdviceSetting {
  readonly drill: Drill
  readonly drillOptions: DrillOptions
  readonly objectives: Objectives
  readonly options: RunDrillsOptions
}

/** How many runs the search for advice may take: counted, so that it finds the same on every machine. */
const maxRuns = 150

/** Tries changed manifests with a drill. */
export function adviceTrial({
  drill,
  drillOptions,
  objectives,
  options,
}: AdviceSetting): AdviceTrial {
  let runs = 0
  const { ratePerSecond = defaultRate } = options
  const settingOf = (scene: Scene) => {
    const cases = casesOf(drill, scene, drillOptions, objectives)
    const behaviours = behaviourFile(scene, options.behaviours)
    return {
      scene,
      behaviours,
      ratePerSecond,
      objectives,
      cases: typeof cases === 'string' ? [] : cases,
    }
  }
  const named = (cases: readonly DrillCase[], name: string) =>
    cases.find((each) => each.name === name)
  return {
    hasBudget: () => runs < maxRuns,
    async run(scene, seed, name) {
      const setting = settingOf(scene)
      const drillCase = named(setting.cases, name)
      if (!drillCase) return undefined
      runs++
      try {
        return await judgeCase(setting, drillCase, seed)
      } catch (error) {
        // A change that the API server refuses is no advice.
        if (error instanceof UnusableManifest) return undefined
        throw error
      }
    },
    async causes(scene, { seed, case: name }) {
      const { cases, objectives: _, ...setting } = settingOf(scene)
      const drillCase = named(cases, name)
      if (!drillCase) return []
      const { observation, entries, sampler } = await runInDetail({ ...setting, drillCase, seed })
      const source = { observation, entries, pods: sampler.pods, nodes: sampler.nodes, scene }
      return causesOf(source, drillCase)
    },
  }
}
