import { KnarrError } from '#lib'
import { decodeYaml } from '#machinery/codec'
import type { BehaviourMatch, BehaviourRule, BehaviourRules } from './behaviour.ts'
import { knownKey, parseBehaviour } from './parse-behaviour.ts'

const matchKeys = ['image', 'namespace', 'pod', 'container', 'labels']

/**
 * Reads a behaviour file, YAML or JSON: `rules`, each with `match` and `behaviour`.
 * @throws KnarrError `BadBehaviour` naming the rule.
 */
export function parseBehaviourFile(text: string): BehaviourRules {
  const [file, ...more] = decodeYaml(text)
  const rules = isRecord(file) ? file.rules : undefined
  if (!Array.isArray(rules) || more.length > 0) {
    throw bad('a behaviour file is one document with a list named rules')
  }
  return rules.map((rule, index) => readRule(rule, `rules[${index}]`))
}

function readRule(rule: unknown, where: string): BehaviourRule {
  if (!isRecord(rule)) throw bad(`${where} is no object`)
  const { match = {}, behaviour, ...rest } = rule
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw bad(`${where}: unknown member ${unknown}; known are match, behaviour`)
  if (!isRecord(match)) throw bad(`${where}.match is no object`)
  const strange = Object.keys(match).find((key) => !matchKeys.includes(key))
  if (strange !== undefined) {
    throw bad(`${where}.match: unknown member ${strange}; known are ${matchKeys.join(', ')}`)
  }
  if (!isRecord(behaviour)) throw bad(`${where}.behaviour is missing`)
  const values = Object.fromEntries(
    Object.entries(behaviour).map(([key, value]) => [knownKey(key, where), String(value)]),
  )
  const checked = { match: match as BehaviourMatch, behaviour: values }
  check(checked)
  return checked
}

/** Reads every value once, so that a mistake shows before anything starts. */
function check({ behaviour }: BehaviourRule): void {
  const target = { annotations: {}, container: '', namespace: '', pod: '', labels: {}, image: '' }
  parseBehaviour({ ...target, ports: [], rules: [{ match: {}, behaviour }] })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function bad(message: string): KnarrError {
  return new KnarrError('BadBehaviour', message, { hint: 'See docs/simulation-behaviour.md.' })
}
