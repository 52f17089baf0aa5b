import { parseDuration } from '#machinery'
import { behaviourFile, givenRules } from '../behaviour/behaviours.ts'
import { ladders, type UnknownValue, unknownValues } from '../behaviour/ladders.ts'
import { drilledObject } from '../input/manifest.ts'
import type { VariedValue } from '../model/assumptions.ts'
import type { Drill } from '../run/drill.ts'
import type { RunDrillsOptions } from './options.ts'
import { type JudgedRun, judgeCase, type SeedSetting } from './seeds.ts'

/** How many values of programs are varied in one drill, so that many programs do not take for ever. */
const maxVaried = 8

interface VaryOptions {
  readonly drill: Drill
  readonly setting: SeedSetting
  readonly options: RunDrillsOptions
}

/**
 * Varies what nobody knows of the programs, one value at a time, in runs that met the objectives, and says from
 * which value on these are missed.
 */
export async function varyValues(
  { drill, setting, options }: VaryOptions,
  runs: readonly JudgedRun[],
): Promise<readonly VariedValue[]> {
  const given = givenRules(options.behaviours)
  const found: VariedValue[] = []
  for (const unknown of unknownValues(setting.scene, drill.varies ?? [], given)) {
    if (found.length >= maxVaried) break
    const isMet = async (value: string) => {
      const behaviours = behaviourFile(setting.scene, options.behaviours, { ...unknown, value })
      for (const { case: name, seed } of runs) {
        const drillCase = setting.cases.find((each) => each.name === name)
        const run = drillCase && (await judgeCase({ ...setting, behaviours }, drillCase, seed))
        if (run?.isMissed) return false
      }
      return true
    }
    found.push(describe(unknown, await tryLadder(unknown, isMet)))
  }
  return found
}

interface Tried {
  readonly tried: readonly string[]
  readonly changesFrom?: string
}

/** Of values that rise it halves the way to the first that is missed; others are all tried. */
async function tryLadder(
  { key, assumed }: UnknownValue,
  isMet: (value: string) => Promise<boolean>,
): Promise<Tried> {
  const { values, isRising } = ladders[key]
  const tried: string[] = []
  const isFine = async (value: string) => {
    tried.push(value)
    return isMet(value)
  }
  if (!isRising) {
    for (const value of values) {
      if (value !== assumed && !(await isFine(value))) return { tried, changesFrom: value }
    }
    return { tried }
  }
  const above = values.filter((value) => parseDuration(value) > parseDuration(assumed))
  const last = above.at(-1)
  if (last === undefined || (await isFine(last))) return { tried }
  let [low, high] = [0, above.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (await isFine(above[middle] ?? last)) low = middle + 1
    else high = middle
  }
  return { tried, changesFrom: above[high] ?? last }
}

const keyWords: Readonly<Record<UnknownValue['key'], string>> = {
  startup: 'the time that it takes to start',
  latency: 'the time that it takes for a request',
  'on-sigterm': 'what it does at SIGTERM',
}

function describe(
  { workload, container, key, assumed }: UnknownValue,
  { tried, changesFrom }: Tried,
): VariedValue {
  const what = `${container} of ${workload.id}: ${keyWords[key]} was taken to be ${assumed}`
  const end = ladders[key].isRising
    ? `from ${changesFrom} on an objective is missed`
    : `with '${changesFrom}' an objective is missed`
  const text =
    changesFrom === undefined
      ? `${what}; nothing up to ${tried.at(-1) ?? assumed} changes the result.`
      : `${what}; ${end}.`
  return {
    about: drilledObject(workload.source),
    container,
    key,
    assumed,
    tried,
    ...(changesFrom === undefined ? {} : { changesFrom }),
    text,
  }
}
