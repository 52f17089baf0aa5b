import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draSpecs } from './dra-specs.ts'

const source = `package dra

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/onsi/ginkgo/v2"
	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/kubernetes/test/e2e/framework"
)

var _ = framework.SIGDescribe("node")(func() {
	f := framework.NewDefaultFramework("dra")

	f.Context("CRUD Tests", func() {
		framework.ConformanceIt("a", func(ctx context.Context) {
			use(resourceapi.DeviceClass{}, \`{"a": {}}\`, "fmt.Print")
		})
	})

	f.Context("kubelet", func() {
		ginkgo.It(fmt.Sprint("b"), func() {})
	})
})
`

test('the specs are cut out with what they import, and nothing else', () => {
  assert.equal(
    draSpecs(source, 'conformance'),
    `package conformance

import (
	"context"
	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/kubernetes/test/e2e/framework"
)

var _ = framework.SIGDescribe("node")(func() {
	f := framework.NewDefaultFramework("dra")

	f.Context("CRUD Tests", func() {
		framework.ConformanceIt("a", func(ctx context.Context) {
			use(resourceapi.DeviceClass{}, \`{"a": {}}\`, "fmt.Print")
		})
	})
})
`,
  )
})

test('specs that are not where they were are missed at once', () => {
  assert.throws(() => draSpecs('package dra', 'conformance'), /elsewhere now/)
})
