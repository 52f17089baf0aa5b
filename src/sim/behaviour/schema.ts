import { type BehaviourKey, behaviourKeys, knownKeys } from './keys.ts'

type Form = (typeof behaviourKeys)[BehaviourKey]['form']

const duration = '(\\d+(\\.\\d+)?(ns|us|µs|ms|s|m|h))+'

/** How the text of each form looks. */
const patterns: Readonly<Record<Form, string>> = {
  admission: '^(allow|(warn|deny) [\\s\\S]+|patch \\[[\\s\\S]*\\])$',
  answers: '^\\s*/[^=,]*=\\d{3}\\s*(,\\s*/[^=,]*=\\d{3}\\s*)*$',
  conversion: '^\\{[\\s\\S]*\\}$',
  duration: `^(0|${duration})$`,
  exitCode: '^([01]?\\d?\\d|2[0-4]\\d|25[0-5])$',
  image: '^(missing|forbidden|slow)$',
  quantity: '^\\d+(\\.\\d+)?([numkMGTPE]|[KMGTPE]i|[eE]\\d+)?$',
  schedule: `^(after ${duration}|\\s*${duration}:(true|false)\\s*(,\\s*${duration}:(true|false)\\s*)*)$`,
  termination: `^(ignore|drain( (0|${duration}))?|exit \\d{1,3})$`,
  text: '',
  user: '^\\d{1,10}$',
}

interface PropertySchema {
  readonly type: 'string'
  readonly description: string
  readonly pattern?: string
}

/** The JSON Schema of a behaviour, made from its keys; `schema.json` is a copy for other tools. */
export function behaviourSchema() {
  const property = (key: BehaviourKey): PropertySchema => {
    const { form, what } = behaviourKeys[key]
    const pattern = patterns[form]
    return { type: 'string', description: what, ...(pattern === '' ? {} : { pattern }) }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'How a simulated container behaves',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(knownKeys.map((key) => [key, property(key)])),
  }
}
