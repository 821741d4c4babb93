package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"crosspoint/northbound"
	"crosspoint/northbound/intent"
	"crosspoint/northbound/ops"
)

const (
	apiVariable = "CROSSPOINT_API"
	defaultAPI  = "http://127.0.0.1:8080"
	// apiTimeout is longer than the controller waits for a switch, so that the reason comes from there.
	apiTimeout = 2 * ops.DefaultTimeout
	// changeTimeout is the same for what waits for the switches to confirm.
	changeTimeout = intent.Patience + ops.DefaultTimeout
)

// apiOptions says which controller to ask.
type apiOptions struct{ base string }

func (o *apiOptions) addFlag(cmd *cobra.Command, fromEnvironment string) {
	base := defaultAPI
	if fromEnvironment != "" {
		base = fromEnvironment
	}
	cmd.PersistentFlags().StringVar(&o.base, "api", base, "`URL` of the controller to ask; environment variable "+apiVariable)
	// Help is the same everywhere, whatever the environment says.
	cmd.PersistentFlags().Lookup("api").DefValue = defaultAPI
}

// client gives a client for the controller. A bare host and port is taken for HTTP.
func (o *apiOptions) client() (ops.Client, error) {
	base := o.base
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ops.Client{}, fmt.Errorf("the controller's URL %q is none: give one like %s with --api or %s", o.base, defaultAPI, apiVariable)
	}
	return ops.Client{Base: strings.TrimRight(base, "/"), HTTP: &http.Client{Timeout: apiTimeout}}, nil
}

// ask sends one request to the controller, and turns a failure into words that a person can act on.
func ask[T any](ctx context.Context, o *apiOptions, request func(context.Context, ops.Client) (*T, error)) (*T, error) {
	return within(ctx, o, apiTimeout, request)
}

// change is ask for what waits until switches and disk have it.
func change[T any](ctx context.Context, o *apiOptions, request func(context.Context, ops.Client) (*T, error)) (*T, error) {
	return within(ctx, o, changeTimeout, request)
}

func within[T any](ctx context.Context, o *apiOptions, timeout time.Duration, request func(context.Context, ops.Client) (*T, error)) (*T, error) {
	client, err := o.client()
	if err != nil {
		return nil, err
	}
	client.HTTP.Timeout = timeout
	answer, err := request(ctx, client)
	if err != nil {
		return nil, explain(ctx, client.Base, timeout, err)
	}
	return answer, nil
}

func explain(ctx context.Context, base string, timeout time.Duration, err error) error {
	var refused *northbound.Problem
	var stranger *ops.NotAPIError
	var transport *url.Error
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &stranger):
		return fmt.Errorf("%w\n%s", stranger, otherController)
	case errors.As(err, &transport) && transport.Timeout():
		return fmt.Errorf("no answer from %s within %v: the controller is overloaded or stuck, or a firewall is in between", base, timeout)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no controller is running at %s (connection refused)\nstart one with 'crosspoint serve' or 'crosspoint lab'; %s", base, otherController)
	case errors.As(err, &transport):
		return fmt.Errorf("no controller can be reached at %s: %w\n%s", base, transport.Err, otherController)
	}
	return err
}

const otherController = "to ask another one, give its URL with --api or " + apiVariable

// completeTimeout keeps the Tab key quick when no controller is there.
const completeTimeout = time.Second

// complete offers names from the controller at the Tab key; none when it does not answer.
func complete[T any](o *apiOptions, list func(ops.Client, context.Context, ops.Filter) (*ops.List[T], error), name func(T) string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		client, err := o.client()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
		defer cancel()
		answer, err := list(client, ctx, ops.Filter{})
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []string
		for _, item := range answer.Items {
			names = append(names, name(item))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

func completeSwitch(o *apiOptions) cobra.CompletionFunc {
	return complete(o, ops.Client.Switches, func(s ops.Switch) string { return s.Name })
}

// completeFlow offers ids, with what the flow is for shells that show it.
func completeFlow(o *apiOptions) cobra.CompletionFunc {
	return complete(o, ops.Client.Flows, func(f ops.Flow) string { return f.ID.String() + "\t" + nameOfFlow(f) })
}
