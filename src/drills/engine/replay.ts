import { behaviourFile } from '../behaviour/behaviours.ts'
import { UnusableManifest } from '../input/manifest.ts'
import { runInDetail } from '../run/run-case.ts'
import { readScene } from '../twin/read-scene.ts'
import { casesOf, objectivesOf } from './cases.ts'
import { drillNamed } from './catalogue.ts'
import { defaultRate, nodesOf, type RunDrillsOptions } from './options.ts'
import { optionsOf } from './run-drills.ts'
import { caseOfSeed } from './seeds.ts'

/** Repeats the run of one seed and returns its event log, which is the same each time to the byte. */
export async function replayLog(
  name: string,
  seed: number,
  options: RunDrillsOptions,
): Promise<readonly string[]> {
  const drill = drillNamed(name)
  const scene = readScene(options.manifests, nodesOf(options))
  const objectives = objectivesOf(drill, options.objectives)
  const cases = casesOf(drill, scene, optionsOf(options), objectives)
  if (typeof cases === 'string') {
    throw new UnusableManifest(`${name} has nothing to do: ${cases}`, 'Run another drill.')
  }
  const drillCase = caseOfSeed(cases, seed)
  const behaviours = behaviourFile(scene, options.behaviours)
  const ratePerSecond = options.ratePerSecond ?? defaultRate
  const { lines } = await runInDetail({ scene, drillCase, seed, behaviours, ratePerSecond })
  return [`# ${name}: ${drillCase.name}, seed ${seed}`, ...lines]
}
