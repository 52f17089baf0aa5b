import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from './subjects.ts'

test('a subject is short, begins with its area and goes on in lower case', () => {
  assert.equal(faultOf('kubelet: admit a pod once its volumes are there'), undefined)
  assert.equal(faultOf('sim, lab: keep faults apart from loads'), undefined)
  assert.equal(faultOf('store: LevelDB keeps its identity in a file'), undefined)
  assert.match(faultOf(`kubelet: ${'x'.repeat(64)}`) ?? '', /73 characters/)
  assert.match(faultOf('Mend what broke') ?? '', /no area/)
  assert.match(faultOf('kubelet: Admit a pod') ?? '', /lower case/)
  assert.match(faultOf('kubelet: admit a pod.') ?? '', /full stop/)
})
