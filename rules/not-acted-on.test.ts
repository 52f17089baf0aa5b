import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fieldGaps, kindGaps, resources } from '../src/api/index.ts'

/** Names that stand in the rooms that act, with what is done with them there. */
const knownReaders: Readonly<Record<string, string>> = {
  endpoints: 'its controller writes them; mirroring is what is missing',
  ephemeral: 'the scheduler keeps the pod off',
  persistentVolumeClaim: 'the scheduler keeps the pod off',
  persistentVolumeClaims: 'the scheduler keeps the pod off; StatefulSets make them',
  persistentVolumes: 'the scheduler reads the nodes of bound ones',
  replicationControllers: 'the scheduler spreads their pods',
  resourceClaims: 'the scheduler words its refusal by them',
  sizeLimit: 'of memory it is held',
  storageClasses: 'the scheduler asks when they bind',
  volumeClaimTemplates: 'claims are made of them',
}

/** Names of so many fields that a text cannot tell which one is meant. */
const generic = new Set(['claims', 'handler', 'image', 'limits', 'type'])

const acting = globSync('src/{kubelet,controllers,scheduler,proxy,node}/**/*.ts')
  .filter((path) => !/\.test\.ts$|fixture/.test(path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }))

function readersOf(name: string): readonly string[] {
  const asCode = new RegExp(`(?<!['"\`/.\\w-])${name}(?![\\w'-])|(?<=[\\w)\\]?]\\.)${name}\\b`)
  return acting.filter(({ text }) => asCode.test(withoutComments(text))).map(({ path }) => path)
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
}

test('nothing reads what is said to be stored without effect', () => {
  const fields = Object.values(fieldGaps).flatMap((gaps) => Object.keys(gaps))
  const kinds = Object.keys(kindGaps)
    .filter((name) => !name.includes('/resize') && !name.startsWith('extensions/'))
    .map((name) => {
      const { plural } = resources.find(({ kind }) => name.endsWith(` ${kind}`)) ?? {}
      return doorNames[plural ?? ''] ?? plural ?? ''
    })
  const names = [...new Set([...fields, ...kinds])].filter((name) => !generic.has(name))
  const read = names.filter((name) => readersOf(name).length > 0).toSorted()
  const hint = 'take what acts on it out of src/api/gaps/table.ts, or say here what is read'
  assert.deepEqual(read, Object.keys(knownReaders).toSorted(), hint)
})

/** Where the door calls a kind otherwise than by its plural in small letters. */
const doorNames: Readonly<Record<string, string>> = {
  certificatesigningrequests: 'certificateSigningRequests',
  csidrivers: 'csiDrivers',
  csinodes: 'csiNodes',
  horizontalpodautoscalers: 'horizontalPodAutoscalers',
  ingressclasses: 'ingressClasses',
  networkpolicies: 'networkPolicies',
  persistentvolumeclaims: 'persistentVolumeClaims',
  persistentvolumes: 'persistentVolumes',
  replicationcontrollers: 'replicationControllers',
  resourcequotas: 'resourceQuotas',
  storageclasses: 'storageClasses',
  volumeattachments: 'volumeAttachments',
}
