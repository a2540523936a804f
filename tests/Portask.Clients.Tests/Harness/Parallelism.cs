// Each class runs a broker and its clients; side by side on two cores they would only time each other out.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
