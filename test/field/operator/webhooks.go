package main

import (
	"context"
	"fmt"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"knarr.dev/field/operator/site"
)

type defaults struct{}

// Default gives a site what its author left out.
func (defaults) Default(_ context.Context, s *site.Site) error {
	if s.Spec.Image == "" {
		s.Spec.Image = "nginx:1.29"
	}
	if s.Spec.Replicas == nil {
		one := int32(1)
		s.Spec.Replicas = &one
	}
	return nil
}

type validation struct{}

func (validation) ValidateCreate(_ context.Context, s *site.Site) (admission.Warnings, error) {
	var warnings admission.Warnings
	if *s.Spec.Replicas > 5 {
		warnings = append(warnings, "more than five replicas cost more than they bring")
	}
	if !strings.Contains(s.Spec.Domain, ".") {
		return warnings, fmt.Errorf("spec.domain: %q is no domain", s.Spec.Domain)
	}
	return warnings, nil
}

func (v validation) ValidateUpdate(ctx context.Context, old, s *site.Site) (admission.Warnings, error) {
	if old.Spec.Domain != s.Spec.Domain {
		return nil, fmt.Errorf("spec.domain stays %q", old.Spec.Domain)
	}
	return v.ValidateCreate(ctx, s)
}

func (validation) ValidateDelete(_ context.Context, s *site.Site) (admission.Warnings, error) {
	if s.Annotations["protected"] == "true" {
		return nil, fmt.Errorf("%s is protected", s.Name)
	}
	return nil, nil
}
